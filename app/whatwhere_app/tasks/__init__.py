"""Work beside the event loop: started, reported, cancelled and measured in one place."""
