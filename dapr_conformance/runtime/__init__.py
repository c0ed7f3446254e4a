"""Where daprd, placement, scheduler and sentry come from, and what each Dapr version is expected to do."""
