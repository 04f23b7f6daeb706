"""The living report of a trial: data, statistics, figures, and the pipeline that publishes them."""

__version__ = "0.1.0"
