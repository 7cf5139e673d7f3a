/** For `node --import`: what a spec throws names lines of its sources, as the server does. */
import '../../src/platform/system/source-maps.js';
