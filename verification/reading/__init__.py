"""Reading what strangers wrote: pages, prices, documents, packages. Bounded, never rendered, never run."""
