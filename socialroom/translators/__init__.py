"""Services that translate a post, one file each. Without one declared in room.toml no text leaves the room."""
