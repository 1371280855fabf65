/** Consumer group `orders-analytics-projection`: keeps read_model.orders_analytics in step with the order events. */
import { runProjection } from '@millrace/consumer';
import { orderEvents } from '@millrace/contracts/orders';
import { ordersAnalytics } from '@millrace/orders-read-models';

await runProjection({ projection: ordersAnalytics, catalogue: orderEvents }, process.env);
