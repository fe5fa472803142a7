"""The language model behind two verbs, `complete` and `choose`."""
