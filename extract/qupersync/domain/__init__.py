"""What is synchronized, in the terms of the business: standard library only."""
