"""A plausible partnership of any size, with true books and a true history, for measuring and for trying things out.

What is few (people, streams, pots, rounds, own spend) is done by the commands people press, under a stopped clock; what is
many (groups, bids, awards, payments, reports and their money) is written in bulk, each with the events those commands would
have recorded. The same seed makes the same partnership; nothing in it is real.
"""
