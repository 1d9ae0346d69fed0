const here = new URL(import.meta.url);
await import(new URL(here.searchParams.get('of'), here));
