"""The words every room speaks: money, time, the database, commands, and the ways of saying no."""
