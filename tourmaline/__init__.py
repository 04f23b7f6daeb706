"""The living report of TOURMALINE-MM1: data, statistics, figures, and the pipeline that publishes them."""

__version__ = "0.1.0"
