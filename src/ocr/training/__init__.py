"""Training: target maps, augmentation, Lightning modules, callbacks and export."""
