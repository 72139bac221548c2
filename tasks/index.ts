// Each scope of tasks in a file of its own.
import "./data";
import "./deals";
import "./deploy";
import "./gas";
import "./local";
import "./market";
import "./raas";
