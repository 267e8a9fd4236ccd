struct Payload { uint word[4096]; }; /* as large as may be */
