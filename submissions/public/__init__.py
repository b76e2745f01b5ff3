"""What everybody may see of the portal, and what a decision says to whom it concerns."""
