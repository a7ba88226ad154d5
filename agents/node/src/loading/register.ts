// What Node requires first in a recorded process and in each of its worker threads (NODE_OPTIONS). Whatever goes wrong here, the
// program starts.
import { startFromEnvironment } from "./boot.ts";

startFromEnvironment(__filename);
