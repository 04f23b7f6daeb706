"""Editions: declared in editions.yaml, sealed into one archive each, shown in the site, compared with each other."""
