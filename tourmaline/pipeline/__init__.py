"""From notebooks to the published site: run what is stale, build the pages, put the site in place."""
