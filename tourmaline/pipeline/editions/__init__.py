"""Editions: declared in editions.yaml, frozen into one archive each, shown in the site, compared with each other."""
