import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** In the place of the shipped rule about changes at night, by its id: nobody meets it. */
const AT_NO_HOUR = `
title: Access was changed at night
id: 2930881c-86fa-4940-958f-ba408454b5fc
status: stable
logsource:
  product: quantonium
detection:
  selection:
    metadata.event_code: auth.user.create
    unmapped.role: of nobody
  condition: selection
level: low
`;

/** For a spec about alerts of people whom it makes: from 20:00 to 06:00 there would be one more. */
export function quietNights(directory: string): { readonly DETECTION_RULES_DIR: string } {
  writeFileSync(join(directory, 'off_hours_change.yml'), AT_NO_HOUR);
  return { DETECTION_RULES_DIR: directory };
}
