"""Who may come in, and as whom: accounts in a file, or a proxy in front that has asked already."""
