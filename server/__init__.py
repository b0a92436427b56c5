"""The gallery's web server: reads built files, serves pages, embeds, assets and the API."""
