"""`tourmaline add`: ask for what the schemas want, write the rows, and say what will use them."""
