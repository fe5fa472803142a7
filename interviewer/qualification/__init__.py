"""What a language model is trusted with: labelled probes, what it makes of them, and the record of it.

`probes` are the data, `measure` puts them through the shipped prompts, `uses` says from the figures what the model is
trusted with and why, and `record` keeps that until the model, a prompt or a setting changes.
"""
