"""`make chaos`: the engine under faults; real workers, scheduler, broker and database (see __main__.py)."""
