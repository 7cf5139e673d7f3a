import './boot/loader/node-version.js';
import { SignalWatch } from './app/signal-watch.js';

const signals = new SignalWatch();
const { serve } = await import('./app/serve.js');
await serve(signals);
