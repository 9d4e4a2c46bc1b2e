"""Calls for applications: rules, criteria, dates, and the money held for them."""
