import { PinoLogger } from '#platform/logging/pino-logger.js';

/** Contexts in which Nest tells at every start what the code says already: for somebody who debugs the wiring. */
const WIRING = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

/** The server's logger: ours, with the framework's running commentary one level down. */
export class ServerLogger extends PinoLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (typeof context === 'string' && WIRING.has(context)) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }
}
