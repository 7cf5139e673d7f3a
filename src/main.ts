import './boot/loader/node-version.js';

const { serve } = await import('./app/serve.js');
await serve();
