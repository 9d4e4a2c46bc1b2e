"""What the demonstration year shows, scene by scene: each file tells one."""
