"""The vision-language model that chooses among proposals."""
