"""For whoever writes a pack: what could be better in it, what a judge makes of it, and a pack to begin with."""
