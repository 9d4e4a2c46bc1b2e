"""Changes to budgets that need a second person: virement, carry-forward, repayment, write-off, spending ahead of the money."""
