"""Reading studies: what is read by whom in which order, the record of a reading, and what is made of it."""
