"""The primitives in software, for whole pictures: narrow lanes, compiled loops, strips that fit the cache."""
