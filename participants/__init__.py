"""Who takes part: principals and the tokens that prove them."""
