"""What a group says of itself once, in its profile: bands, policies, and the words for each.

Bands are what funders in the field ask for; nobody is asked for figures they would have to look up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from grants.kernel.words import mark
from grants.people.kinds import Kind


class Income(StrEnum):
    """How much money a group had in its last year."""

    NOTHING = "nothing yet"
    TO_1_000 = "up to £1,000"
    TO_10_000 = "£1,001 to £10,000"
    TO_25_000 = "£10,001 to £25,000"
    TO_100_000 = "£25,001 to £100,000"
    TO_1_000_000 = "£100,001 to £1 million"
    MORE = "more than £1 million"


class PaidStaff(StrEnum):
    """How many people a group pays."""

    NONE = "none"
    FEW = "1 or 2"
    SOME = "3 to 10"
    MANY = "11 to 50"
    MORE = "more than 50"


class Volunteers(StrEnum):
    """How many people help a group without pay, its committee among them."""

    FEW = "up to 5"
    SOME = "6 to 20"
    MANY = "21 to 50"
    MORE = "more than 50"


class PolicyHeld(StrEnum):
    """A policy, or what stands in its place, that a group may have. Copies are asked for later, if at all."""

    CONSTITUTION = "constitution"
    SAFEGUARDING = "safeguarding"
    EQUALITY = "equality"
    DATA = "data protection"
    HEALTH = "health and safety"
    COMPLAINTS = "complaints"
    FINANCE = "money rules"
    VOLUNTEERS = "volunteers"
    PUBLIC_LIABILITY = "public liability insurance"
    EMPLOYERS_LIABILITY = "employers’ liability insurance"


INCOME: Mapping[Income, str] = {
    Income.NOTHING: mark("Nothing yet: we are new"),
    Income.TO_1_000: mark("Up to £1,000"),
    Income.TO_10_000: mark("£1,001 to £10,000"),
    Income.TO_25_000: mark("£10,001 to £25,000"),
    Income.TO_100_000: mark("£25,001 to £100,000"),
    Income.TO_1_000_000: mark("£100,001 to £1 million"),
    Income.MORE: mark("More than £1 million"),
}
PAID_STAFF: Mapping[PaidStaff, str] = {
    PaidStaff.NONE: mark("Nobody is paid"),
    PaidStaff.FEW: mark("1 or 2"),
    PaidStaff.SOME: mark("3 to 10"),
    PaidStaff.MANY: mark("11 to 50"),
    PaidStaff.MORE: mark("More than 50"),
}
VOLUNTEERS: Mapping[Volunteers, str] = {
    Volunteers.FEW: mark("Up to 5"),
    Volunteers.SOME: mark("6 to 20"),
    Volunteers.MANY: mark("21 to 50"),
    Volunteers.MORE: mark("More than 50"),
}
HELD: Mapping[PolicyHeld, str] = {
    PolicyHeld.CONSTITUTION: mark("A constitution or other written rules"),
    PolicyHeld.SAFEGUARDING: mark("A safeguarding policy"),
    PolicyHeld.EQUALITY: mark("An equality policy"),
    PolicyHeld.DATA: mark("A data protection policy"),
    PolicyHeld.HEALTH: mark("A health and safety policy"),
    PolicyHeld.COMPLAINTS: mark("A complaints policy"),
    PolicyHeld.FINANCE: mark("Written rules for handling money"),
    PolicyHeld.VOLUNTEERS: mark("A volunteer policy"),
    PolicyHeld.PUBLIC_LIABILITY: mark("Public liability insurance"),
    PolicyHeld.EMPLOYERS_LIABILITY: mark("Employers’ liability insurance"),
}


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Everything a group says of itself, as one value: what a form sends and what is shown. None or empty: not said.

    `home_address`: the address is somebody's home, so it is never published. `own_account`: the group has a bank account in
    its own name that two unrelated people sign for; yes or no only, because bank details are not asked for before an award.
    """

    kind: Kind | None = None
    charity_number: str | None = None
    company_number: str | None = None
    address: str | None = None
    postcode: str | None = None
    home_address: bool = False
    telephone: str | None = None
    website: str | None = None
    started: int | None = None  # a year
    does: str | None = None  # one sentence
    income: Income | None = None
    paid_staff: PaidStaff | None = None
    volunteers: Volunteers | None = None
    policies: tuple[PolicyHeld, ...] = ()
    safeguarding_post: str | None = None  # who leads on it: a post, such as "Secretary"
    safeguarding_agreed_on: date | None = None
    own_account: bool | None = None


class Part(StrEnum):
    """A part of the profile that a round may need, or a person be told of. The value is the name in `Profile`."""

    KIND = "kind"
    CHARITY_NUMBER = "charity_number"
    COMPANY_NUMBER = "company_number"
    ADDRESS = "address"
    POSTCODE = "postcode"
    HOME = "home_address"
    TELEPHONE = "telephone"
    WEBSITE = "website"
    STARTED = "started"
    DOES = "does"
    INCOME = "income"
    PAID_STAFF = "paid_staff"
    VOLUNTEERS = "volunteers"
    POLICIES = "policies"
    SAFEGUARDING_POST = "safeguarding_post"
    SAFEGUARDING_AGREED_ON = "safeguarding_agreed_on"
    OWN_ACCOUNT = "own_account"


NAMED: Mapping[Part, str] = {
    Part.KIND: mark("Kind of group"),
    Part.CHARITY_NUMBER: mark("Charity number"),
    Part.COMPANY_NUMBER: mark("Company number"),
    Part.ADDRESS: mark("Address"),
    Part.POSTCODE: mark("Postcode"),
    Part.HOME: mark("The address is somebody’s home"),
    Part.TELEPHONE: mark("Telephone"),
    Part.WEBSITE: mark("Website"),
    Part.STARTED: mark("Year it started"),
    Part.DOES: mark("What the group does"),
    Part.INCOME: mark("Money last year"),
    Part.PAID_STAFF: mark("Paid people"),
    Part.VOLUNTEERS: mark("People who help without pay"),
    Part.POLICIES: mark("Policies and insurance"),
    Part.SAFEGUARDING_POST: mark("Who leads on safeguarding"),
    Part.SAFEGUARDING_AGREED_ON: mark("Safeguarding policy last agreed"),
    Part.OWN_ACCOUNT: mark("Bank account of its own"),
}

# What leads back to a person: it goes only where it can be erased.
PERSONAL = frozenset({Part.ADDRESS, Part.POSTCODE, Part.TELEPHONE, Part.SAFEGUARDING_POST})

# What is asked of a group where a round needs a part that is not said.
ASKED: Mapping[Part | PolicyHeld, str] = {
    Part.KIND: mark("Say what kind of group you are."),
    Part.CHARITY_NUMBER: mark("Enter your charity number."),
    Part.COMPANY_NUMBER: mark("Enter your company number."),
    Part.ADDRESS: mark("Enter your group’s address."),
    Part.POSTCODE: mark("Enter the postcode of your group’s address."),
    Part.TELEPHONE: mark("Enter a telephone number."),
    Part.WEBSITE: mark("Enter your website or social media page."),
    Part.STARTED: mark("Say in which year your group started."),
    Part.DOES: mark("Say in one sentence what your group does."),
    Part.INCOME: mark("Say how much money your group had last year."),
    Part.PAID_STAFF: mark("Say how many people you pay."),
    Part.VOLUNTEERS: mark("Say how many people help without pay."),
    Part.POLICIES: mark("Tick the policies and insurance your group has."),
    Part.SAFEGUARDING_POST: mark("Say who in your group leads on safeguarding."),
    Part.SAFEGUARDING_AGREED_ON: mark("Say when your safeguarding policy was last agreed."),
    Part.OWN_ACCOUNT: mark("Say whether your group has a bank account of its own."),
    PolicyHeld.CONSTITUTION: mark("This fund needs you to have a constitution or other written rules."),
    PolicyHeld.SAFEGUARDING: mark("This fund needs you to have a safeguarding policy."),
    PolicyHeld.EQUALITY: mark("This fund needs you to have an equality policy."),
    PolicyHeld.DATA: mark("This fund needs you to have a data protection policy."),
    PolicyHeld.HEALTH: mark("This fund needs you to have a health and safety policy."),
    PolicyHeld.COMPLAINTS: mark("This fund needs you to have a complaints policy."),
    PolicyHeld.FINANCE: mark("This fund needs you to have written rules for handling money."),
    PolicyHeld.VOLUNTEERS: mark("This fund needs you to have a volunteer policy."),
    PolicyHeld.PUBLIC_LIABILITY: mark("This fund needs you to have public liability insurance."),
    PolicyHeld.EMPLOYERS_LIABILITY: mark("This fund needs you to have employers’ liability insurance."),
}

KEPT = tuple(part for part in Part if part not in (Part.KIND, Part.CHARITY_NUMBER, Part.COMPANY_NUMBER))  # not in Organisation
