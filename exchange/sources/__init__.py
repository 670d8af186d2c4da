"""Where bytes come from. Only `exchange.release` imports this: nothing gets to a byte but through its gate."""
