"""Reports by groups and the readings in them."""
