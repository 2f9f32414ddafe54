/** hostcfg's own state, inside the root that it works on; readable by root only. */
export const STATE_FOLDER = "/var/lib/hostcfg";
/** A folder for each apply. */
export const JOURNALS = `${STATE_FOLDER}/journal`;
/** What the last `verify --record` came to. */
export const VERIFIED = `${STATE_FOLDER}/verified.json`;
