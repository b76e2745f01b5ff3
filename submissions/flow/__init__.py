"""From an address to a draft that can be sent: the steps that a submitter walks."""
