"""Strategies, priorities, links, indicators, targets, readings."""
