// SensorLogs
