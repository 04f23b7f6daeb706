"""From notebooks to the published site: run what is stale, build the pages, swap the site in."""
