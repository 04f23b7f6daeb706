"""What goes in: the reported numbers, each with the interval of values that round to it."""
