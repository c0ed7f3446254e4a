"""The known-good app that takes the target's place to tell the app's faults from everyone else's."""
