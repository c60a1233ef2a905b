"""Every command of the program as a frozen value, one file per menu; `table` joins them."""
