"""What people are told by email: plain text, plain English, and a link to where it is done."""
