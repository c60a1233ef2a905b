"""What `whatwhere doctor` looks at, one module per subject."""
