import './boot/loader/node-version.js';
import './boot/loader/thread-pool.js';
import { SignalWatch } from './app/signal-watch.js';

const signals = new SignalWatch();
await import('./platform/system/source-maps.js');
const { serve } = await import('./app/serve.js');
await serve(signals);
