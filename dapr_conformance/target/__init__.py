"""What is tested: run file, resource files, manifest and discovery, read into one `Target`."""
